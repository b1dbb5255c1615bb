//! Natural order: digits as numbers, case ignored, any script; the order Explorer shows.

use std::cmp::Ordering;

/// Compares two names in natural order. A total order: names that only differ in case or leading zeros keep a fixed order.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) if l.is_ascii_digit() && r.is_ascii_digit() => {
                compare_numbers(&digits(&mut left), &digits(&mut right))
            }
            (Some(l), Some(r)) => {
                let order = l.to_lowercase().cmp(r.to_lowercase());
                left.next();
                right.next();
                order
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the run of digits that starts here, without leading zeros.
fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut run = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        if !(run.is_empty() && digit == '0') {
            run.push(digit);
        }
    }
    run
}

/// Numbers of any length: more digits is larger, otherwise digit by digit.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::compare;
    use proptest::prelude::*;

    fn check(expected: &[&str]) {
        let mut sorted = expected.to_vec();
        sorted.reverse();
        sorted.sort_by(|a, b| compare(a, b));
        assert_eq!(sorted, expected);
    }

    #[test]
    fn digits_count_as_numbers() {
        check(&["1.jpg", "2.jpg", "10.jpg", "11.jpg", "100.jpg"]);
        check(&["img1a", "img1b", "img02", "img2b", "img10"]);
        check(&["a99999999999999999998", "a99999999999999999999"]);
    }

    #[test]
    fn case_is_ignored_and_scripts_sort() {
        check(&["A1", "a2", "B1", "ä", "图1", "图2", "图10"]);
        check(&["file", "file 1", "file1"]);
    }

    proptest! {
        #[test]
        fn is_a_total_order(mut names in proptest::collection::vec("[aAbB0-9 ]{0,6}", 0..12)) {
            for a in &names { for b in &names { prop_assert_eq!(compare(a, b), compare(b, a).reverse()); } }
            names.sort_by(|a, b| compare(a, b));
            for pair in names.windows(2) { prop_assert_ne!(compare(&pair[0], &pair[1]), std::cmp::Ordering::Greater); }
        }
    }
}
