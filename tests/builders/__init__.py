"""Builders of evidence: a healthy site unless told otherwise."""
