//! What a template costs with 10,000 images: `cargo bench --bench templates`. The promise is less than 20 ms.

use bbdrop::template::{DEFAULT, GalleryView, ImageView, Template, builtin, completions, parse, render, tokens};
use divan::{Bencher, black_box};

const IMAGES: u32 = 10_000;

fn main() {
    divan::main();
}

fn gallery() -> GalleryView {
    let image = |index: u32| ImageView {
        name: format!("IMG_{index:05}.jpg"),
        link: format!("https://host.example/i/{index:05}"),
        thumb: format!("https://host.example/t/{index:05}.jpg"),
        direct: format!("https://host.example/d/{index:05}.jpg"),
        width: 1920,
        height: 1080 + index % 7,
        size: 1_500_000,
        ..ImageView::default()
    };
    GalleryView { name: "Summer trip".to_owned(), images: (1..=IMAGES).map(image).collect(), ..GalleryView::sample() }
}

fn bench_render(bencher: Bencher, template: &Template) {
    let gallery = gallery();
    bencher.bench_local(|| render(black_box(template), &gallery));
}

#[divan::bench]
fn render_default(bencher: Bencher) {
    bench_render(bencher, &parse(DEFAULT).0);
}

#[divan::bench(args = builtin().iter().map(|template| template.name))]
fn render_builtin(bencher: Bencher, name: &str) {
    let text = builtin().iter().find(|template| template.name == name).map_or("", |template| template.text);
    bench_render(bencher, &parse(text).0);
}

#[divan::bench]
fn render_in_posts_of_20_000_characters(bencher: Bencher) {
    bench_render(bencher, &parse("#MAX CHARACTERS: 20000\n[center]#allImages#[/center]").0);
}

/// As an editor does after every key.
#[divan::bench]
fn check_and_highlight(bencher: Bencher) {
    let text = builtin().iter().map(|template| template.text).collect::<Vec<_>>().concat();
    bencher.bench_local(|| (parse(black_box(&text)), tokens(&text), completions(&text, text.len() / 2)));
}
