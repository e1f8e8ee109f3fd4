//! Whole figures for export: title, legend, axis with units, lanes, core strips, as a small display list.
