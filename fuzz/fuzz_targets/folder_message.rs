//! Any bytes as one message of the folder channel.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::instance::untrusted::folder_message(bytes));
