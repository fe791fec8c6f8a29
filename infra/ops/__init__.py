"""What runs it: command line, supervisor, embedded servers, migrations, demo, deployment."""
