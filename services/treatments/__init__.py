"""The catalogue of the field, and a clinic's menu with phases, prices and course protocols."""
