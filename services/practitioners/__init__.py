"""People who treat: credentials, evidence, verification, hours."""
