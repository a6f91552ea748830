"""``offbook eval timeline``: what a character tells of scenes that it does not know yet."""
