// A QR code, black on white whatever the page's colours are, since cameras do not read it otherwise.

import { generate } from "lean-qr/nano";

const QUIET = 4; // modules around the code (ISO/IEC 18004, section 5.3.8)
const PIXELS = 4; // of a module
const SVG = "http://www.w3.org/2000/svg";

/** Returns a picture of a text, of whole pixels where there is room. */
export function drawQrCode(text: string, label: string): SVGElement {
  const code = generate(text);
  const side = code.size + 2 * QUIET;
  const path: string[] = [];
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path.push(`M${x} ${y}h1v1h-1z`);
  }
  const viewBox = [-QUIET, -QUIET, side, side].join(" ");
  const picture = make("svg", { viewBox, width: side * PIXELS, role: "img", "aria-label": label, "shape-rendering": "crispEdges" });
  picture.append(make("rect", { x: -QUIET, y: -QUIET, width: side, height: side, fill: "#fff" }), make("path", { d: path.join(""), fill: "#000" }));
  return picture;
}

function make(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
