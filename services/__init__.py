"""What the product means: one folder a slice, no HTTP, no broker, no HTML, no servers."""
