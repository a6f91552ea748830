"""Tests of how far readers are in scripts."""
