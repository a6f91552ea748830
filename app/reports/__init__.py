"""Take reports from readers, and show admins what was reported."""
