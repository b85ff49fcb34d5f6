"""All that speaks HTTP, whoever asks."""
