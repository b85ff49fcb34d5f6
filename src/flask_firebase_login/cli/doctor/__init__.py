"""`flask firebase-login doctor`: what is wrong with a site's set-up, and what to do about it. Nothing is written."""
