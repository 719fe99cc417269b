"""Schedules: when a job is due, how it is written for the system, and the process that runs jobs."""
