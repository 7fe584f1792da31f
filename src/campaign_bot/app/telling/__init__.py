"""Telling staff of trouble: what is told, in which words, when, and how it is sent."""
