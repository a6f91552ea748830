"""Write a whole database into one file, for the command and for the page of administration."""
