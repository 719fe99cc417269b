"""Looking lightly at every site, all the time: is it there, since when not, and what of it may be told."""
