//! Any bytes as the definition of a host, and as its answers.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::hosts::untrusted::definition_file(bytes));
