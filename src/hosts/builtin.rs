//! The hosts that come with the program: `assets/hosts`, one file each.

/// Their definitions.
pub(super) const TEXTS: &[&str] = &[
    include_str!("../../assets/hosts/0x0.toml"),
    include_str!("../../assets/hosts/catbox.toml"),
    include_str!("../../assets/hosts/chevereto.toml"),
    include_str!("../../assets/hosts/copyparty.toml"),
    include_str!("../../assets/hosts/freeimage.toml"),
    include_str!("../../assets/hosts/imgbb.toml"),
    include_str!("../../assets/hosts/imgbox.toml"),
    include_str!("../../assets/hosts/imgur.toml"),
    include_str!("../../assets/hosts/immich.toml"),
    include_str!("../../assets/hosts/imx.toml"),
    include_str!("../../assets/hosts/litterbox.toml"),
    include_str!("../../assets/hosts/lsky.toml"),
    include_str!("../../assets/hosts/piwigo.toml"),
    include_str!("../../assets/hosts/pixhost.toml"),
    include_str!("../../assets/hosts/rustypaste.toml"),
    include_str!("../../assets/hosts/turboimagehost.toml"),
    include_str!("../../assets/hosts/uguu.toml"),
    include_str!("../../assets/hosts/xbackbone.toml"),
    include_str!("../../assets/hosts/zipline.toml"),
];
