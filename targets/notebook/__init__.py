"""Programs as notebooks: the story of what is made of what, and the code that makes it, to be run from the top."""
