//! Explorer puts `"%1"` in quotes without looking: a drive comes as `"C:\"`, in which the usual rules for Windows programs take the
//! backslash to protect the quote, and swallow everything behind it. Pure.

/// The arguments of a command line in which a backslash is only a backslash, the program itself left out. Nothing when quotes stand
/// elsewhere than around a whole argument: then the usual rules are meant.
pub fn split_literally(line: &[u16]) -> Option<Vec<Vec<u16>>> {
    const QUOTE: u16 = b'"' as u16;
    let is_space = |unit: &u16| *unit == u16::from(b' ') || *unit == u16::from(b'\t');
    let mut arguments = Vec::new();
    let mut rest = line;
    loop {
        let spaces = rest.iter().take_while(|unit| is_space(unit)).count();
        rest = rest.get(spaces..)?;
        let Some(first) = rest.first() else { break };
        let (argument, after) = if *first == QUOTE {
            let inside = rest.get(1..)?;
            let length = inside.iter().position(|unit| *unit == QUOTE)?;
            (inside.get(..length)?, inside.get(length + 1..)?)
        } else {
            let length = rest.iter().position(is_space).unwrap_or(rest.len());
            rest.split_at_checked(length)?
        };
        if argument.contains(&QUOTE) || after.first().is_some_and(|unit| !is_space(unit)) {
            return None;
        }
        arguments.push(argument.to_vec());
        rest = after;
    }
    (!arguments.is_empty()).then(|| arguments.split_off(1))
}

#[cfg(test)]
mod tests {
    use super::split_literally;

    #[test]
    fn a_backslash_before_a_quote_is_a_backslash() {
        let check = |line: &str, arguments: Option<&[&str]>| {
            let split = split_literally(&line.encode_utf16().collect::<Vec<_>>());
            let split: Option<Vec<_>> =
                split.map(|split| split.iter().map(|units| String::from_utf16_lossy(units)).collect());
            assert_eq!(
                split.as_deref(),
                arguments.map(|all| all.iter().map(|&a| a.to_owned()).collect::<Vec<_>>()).as_deref(),
                "{line}"
            );
        };
        check(r#""C:\Program Files\bbdrop.exe" "C:\""#, Some(&[r"C:\"]));
        check(
            r#"bbdrop "C:\"  "D:\a b\" E:\x "\\server\share\""#,
            Some(&[r"C:\", r"D:\a b\", r"E:\x", r"\\server\share\"]),
        );
        check("bbdrop", Some(&[]));
        check("bbdrop ", Some(&[]));
        check(r#"bbdrop "" a"#, Some(&["", "a"]));
        // These mean the usual rules.
        check(r#"bbdrop --name "a \"b\"""#, None);
        check(r#"bbdrop --data-dir="C:\x""#, None);
        check(r#"bbdrop "open"#, None);
        check("", None);
    }
}
