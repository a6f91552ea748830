"""Several characters on one stage: who witnesses what, what is typed there, and who speaks next."""
