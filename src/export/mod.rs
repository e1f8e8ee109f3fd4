//! Writers into `dyn Write`: one file and one line of [`FORMATS`] each.
