"""Tests of what runs the code."""
