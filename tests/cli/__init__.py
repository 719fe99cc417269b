"""The command as a person uses it: exit codes, one clear sentence, stop and go on."""
