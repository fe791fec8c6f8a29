"""The schema: declared by the models, migrated by Alembic, and compared in full by the catalogue check."""
