//! Any bytes as a custom uploader of `ShareX`, and as the answer of its host.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::hosts::sxcu::untrusted::sxcu_file(bytes));
