"""Who may be looked at: units, sites and the permission that binds every look."""
