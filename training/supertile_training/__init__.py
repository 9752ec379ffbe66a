"""Training, evaluation and export of Supertile's super-resolution networks."""
