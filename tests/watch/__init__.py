"""Tests of watching: states, outages, announced pauses, holds, restarts, and real servers that misbehave."""
