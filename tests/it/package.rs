//! The Debian package: built by the script, unpacked, and run.

use std::process::Command;

use crate::tools::{found, root, runs};
use crate::workdir::{Workdir, end};

#[test]
fn the_debian_package_holds_what_it_should_and_runs() {
    let missing: Vec<&str> =
        ["cargo-deb", "dpkg-deb", "strip"].into_iter().filter(|tool| !runs(tool, &["--version"])).collect();
    let all = missing.is_empty().then_some(());
    let Some(()) = found(all, &format!("no {missing:?} here; the Debian package is not tested")) else { return };
    let (dir, root) = (Workdir::new(), root());
    let mut script = Command::new(root.join("scripts/package-debian"));
    script.arg(dir.path("built.deb")).env("ROLLCALL_BINARY", env!("CARGO_BIN_EXE_rollcall"));
    end(script.env("CARGO_DEB_FLAGS", "--fast --quiet").current_dir(root)).code(0);
    let deb =
        |args: &[&str]| end(Command::new("dpkg-deb").args(args).current_dir(dir.path("."))).code(0).stdout.clone();
    let field = |name: &str| deb(&["--field", "built.deb", name]).trim().to_owned();
    assert_eq!(field("Package"), "rollcall");
    assert!(field("Version").starts_with(env!("CARGO_PKG_VERSION")), "{}", field("Version"));
    assert!(field("Depends").contains("libc6") && field("Depends").contains("ca-certificates"), "{}", field("Depends"));
    deb(&["--extract", "built.deb", "root"]);
    for file in [
        "usr/share/man/man1/rollcall.1.gz",
        "usr/share/man/man1/rollcall-import.1.gz",
        "usr/share/bash-completion/completions/rollcall",
        "usr/share/zsh/vendor-completions/_rollcall",
        "usr/share/fish/vendor_completions.d/rollcall.fish",
        "usr/share/doc/rollcall/examples/rollcall.toml",
        "usr/share/doc/rollcall/nightly.md",
        "usr/share/doc/rollcall/copyright",
    ] {
        let about = std::fs::metadata(dir.path("root").join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(about.len() > 0, "{file} is empty");
    }
    let unpacked = |args: &[&str]| {
        let prepared = dir.command(args);
        let mut command = Command::new(dir.path("root/usr/bin/rollcall"));
        command.args(args).current_dir(dir.path("."));
        for (name, value) in prepared.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        end(&mut command)
    };
    assert!(unpacked(&["--version"]).code(0).stdout.contains(env!("CARGO_PKG_VERSION")));
    dir.file("contacts.csv", "phone\n+12125550100\n");
    std::fs::copy(dir.path("root/usr/share/doc/rollcall/examples/rollcall.toml"), dir.path("rollcall.toml")).unwrap();
    unpacked(&["run", "try", "--now"]).code(0);
}
