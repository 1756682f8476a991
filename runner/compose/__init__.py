"""Builds the parts from config; knows everyone, so that nobody else has to."""
