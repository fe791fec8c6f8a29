"""People who sign in: passwords, e-mail proof, second factor, sign-ins, signed links."""
