"""The eHealth platform in a box, for demonstrations and tests of Hilum."""
