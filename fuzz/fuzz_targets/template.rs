//! Any bytes as a template and a gallery.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::template::untrusted::template(bytes));
