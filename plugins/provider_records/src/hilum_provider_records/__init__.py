"""Provider records for Hilum: NISS, INAMI numbers, checks, import and export."""
