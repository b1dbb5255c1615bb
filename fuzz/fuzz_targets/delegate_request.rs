//! Any bytes as one request of the delegate channel.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bbdrop::instance::untrusted::delegate_request(bytes));
