"""The sub-commands of `needlewise`, a module each; what belongs to the product is imported when a command runs."""
