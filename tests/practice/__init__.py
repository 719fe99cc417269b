"""Tests of the practice fleet."""
