//! How long it takes to take over a large queue of BBDrop 0.9.

use std::time::Instant;

use super::RELEASE;
use crate::support::Home;
use crate::support::old_database::{OldDatabase, OldRow, images};

const GALLERIES: u32 = 5_000;
const IMAGES: u64 = 30;
const SECONDS_MAX: f64 = 10.0;

#[test]
fn five_thousand_galleries_of_0_9() {
    let home = Home::new();
    let path = home.path().join("old/bbdrop.db");
    let old = OldDatabase::create(&path, 16);
    old.connection.execute_batch("BEGIN").expect("begun");
    for number in 0..GALLERIES {
        let path = format!("/not here/{number}");
        let images = images(&number.to_string(), IMAGES);
        old.add(&OldRow {
            path,
            name: "many",
            status: "completed",
            total: 30,
            host: "imx",
            images,
            ..OldRow::default()
        });
    }
    old.connection.execute_batch("COMMIT").expect("committed");
    old.close();
    let seconds = |what: &str| {
        let began = Instant::now();
        let ran = home.run(&["import", path.to_str().expect("Unicode")]);
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        println!("figure: import of 5,000 galleries with 150,000 images from 0.9, {what} = {seconds:.1} s");
        assert!(!RELEASE || seconds < SECONDS_MAX, "{seconds}");
    };
    seconds("the first time");
    assert_eq!(home.query::<i64>("SELECT count(*) FROM images"), [i64::from(GALLERIES) * 30]);
    seconds("once more");
}
