//! The report as a page: what it tells is what the JSON report tells, as a browser shows it.

mod browser;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::workdir::{Served, Workdir, end};
use browser::{Browser, Scheme};

/// A name that would be a program, were it not text. Groups are called as somebody has called them.
const HOSTILE: &str = "</p><img onerror=a>";

/// Nights of imports into a group, on a provider that stumbles; some members leave in between. Yields the JSON report
/// of the last.
fn nights(dir: &Workdir) -> Value {
    let served = Served::start(dir, &["--faults", "429=0.1,500=0.1", "--seed", "3"]);
    let list = |rows: u32| {
        let mut text = "phone,country\n12,US\n'+12125559999,US\n".to_owned();
        for index in 0..rows {
            writeln!(text, "+1212555{index:04},US\n+4474001{index:05},GB").unwrap();
        }
        text
    };
    let import = ["import", "list.csv", "--group", HOSTILE, "--create", "--chunk-size", "20", "--rate", "500"];
    let mut report = Value::Null;
    for night in 0..4 {
        dir.file("list.csv", list(60 + 20 * night));
        let mut command = served.command(dir, &import);
        command.args(["--retries", "50", "--report", "page.html", "--json", "--mode", "sync"]);
        let ended = end(&mut command);
        ended.code(3);
        report = serde_json::from_str(&ended.stdout).unwrap();
        let [one, two, three] = [0, 1, 2].map(|index| 5_550_000 + night * 3 + index);
        dir.file("gone.csv", format!("phone\n+1212{one}\n+1212{two}\n+1212{three}\n"));
        // Somebody else's machine takes them out: this one finds them gone.
        let mut elsewhere = served.command(dir, &["import", "gone.csv", "--group", HOSTILE, "--mode", "remove"]);
        end(elsewhere.arg("--retries").arg("50").env("ROLLCALL_STATE_DIR", dir.path("elsewhere"))).code(0);
    }
    report
}

#[test]
fn a_browser_shows_the_figures_of_the_json_report_on_a_phone_and_on_a_desk_by_day_and_by_night() {
    let Some(browser) = Browser::find() else { return };
    let dir = Workdir::new();
    let report = nights(&dir);
    assert_eq!(report["groups"][0]["new_leavers"], 3);
    dir.file("harness.html", include_str!("pages/harness.html"));
    let (browser, harness) = (&browser, &dir.path("harness.html"));
    std::thread::scope(|scope| {
        let schemes = [Scheme::Light, Scheme::Dark];
        let looks = schemes.map(|scheme| scope.spawn(move || browser.open(harness, scheme)));
        for (look, scheme) in looks.into_iter().zip(schemes) {
            let look = look.join().unwrap();
            assert_eq!(look.console, [""; 0]);
            let found = look.found();
            assert_eq!(found["dark"], scheme == Scheme::Dark);
            for width in ["phone", "desk"] {
                sound(&found[width], &report);
            }
        }
    });
}

/// What was seen at one width is whole, to be read, and true.
fn sound(seen: &Value, report: &Value) {
    assert_eq!(seen["wide"], 0, "nothing sticks out: {}", seen["outside"]);
    for bad in ["outside", "nameless", "pale"] {
        assert_eq!(seen[bad], serde_json::json!([]), "{bad}");
    }
    assert_eq!(seen["foreign"], 0);
    assert_eq!(seen["charts"], 5, "members by region and by type, growth, rows, pace");
    assert_eq!(seen["headline"], "40 members added");
    assert!(seen["state"].as_str().unwrap().contains(HOSTILE), "the name is shown as it is: {}", seen["state"]);
    let figures = seen["figures"].as_array().unwrap();
    for figure in figures {
        let [place, shown, value] = [0, 1, 2].map(|part| figure[part].as_str().unwrap());
        let told = report.pointer(place).unwrap_or_else(|| panic!("{place} is not in the JSON report"));
        assert_eq!((shown.replace(',', "").as_str(), value), (&*told.to_string(), &*told.to_string()), "{place}");
    }
    for place in [
        "/rows/read",
        "/rows/rejected",
        "/rejected_by_reason/too_short",
        "/repairs/apostrophe",
        "/members/added",
        "/members/left",
        "/members_by_region/GB",
        "/members_by_type/mobile",
        "/groups/0/after",
        "/requests/sent",
        "/requests/throttled",
        "/pace/slices/0/sent",
        "/brakes/0/value",
    ] {
        assert!(figures.iter().any(|figure| figure[0] == place), "{place} is not shown");
    }
}

#[test]
fn a_page_that_does_what_it_must_not_is_caught() {
    let Some(browser) = Browser::find() else { return };
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--report", "page.html"]).code(0);
    let slipped_in = "<p style=\"width: 3000px; color: #ddd\">x</p><script>alert(1)</script>";
    dir.file("page.html", dir.read("page.html").replace("</main>", &format!("{slipped_in}</main>")));
    let look = browser.open(&dir.path("page.html"), Scheme::Light);
    assert!(look.console.iter().filter(|line| line.contains("Content Security Policy")).count() >= 2, "{look:?}");
}

fn figures(page: &Path) -> usize {
    std::fs::read_to_string(page).unwrap().matches("data-place=").count()
}

#[test]
fn the_page_of_an_earlier_run_is_the_page_it_wrote() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\nx\n");
    let flags = ["--group", "News", "--create", "--sandbox", "--max-rejects", "50%"];
    let import = |page: &str| {
        let mut command = dir.command(["import", "list.csv", "--report", page, "--json"]);
        let ended = end(command.args(flags));
        serde_json::from_str::<Value>(&ended.code(3).stdout).unwrap()
    };
    let first = import("first.html");
    let second = import("second.html");
    assert_eq!(second["pace"]["slices"][0]["sent"], second["requests"]["sent"]);
    for (report, page) in [(first, "first.html"), (second, "second.html")] {
        let run = report["run"].as_str().unwrap();
        dir.run(["runs", "show", run, "--report", "again.html"]).code(0);
        assert_eq!(dir.read("again.html"), dir.read(page), "runs after it are not told");
        dir.run(["runs", "show", run, "--report", "again.json"]).code(0);
        assert_eq!(serde_json::from_str::<Value>(&dir.read("again.json")).unwrap(), report);
    }
    assert!(dir.read("second.html").contains("Growth and leavers"), "two runs are a history");
    assert!(!dir.read("first.html").contains("Growth and leavers"), "one is none");
}

#[test]
fn every_command_that_reports_writes_a_page_of_its_own_and_keeps_it_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    let change = ["--group", "News", "--create", "--sandbox"];
    let commands: [(&[&str], &str); 6] = [
        (&["check", "list.csv"], "2 of 2 rows can be used"),
        (&["plan", "list.csv", "-o", "news.plan"], "2 members would be added"),
        (&["apply", "news.plan", "--sandbox"], "2 members added"),
        (&["import", "list.csv"], "Nothing had to be changed"),
        (
            &["import", "list.csv", "--mode", "remove", "--dry-run", "--max-remove", "100%"],
            "2 members would be removed",
        ),
        (&["import", "list.csv", "--mode", "remove", "--max-remove", "100%"], "2 members removed"),
    ];
    for (args, headline) in commands {
        let mut command = dir.command(args);
        if matches!(args.first(), Some(&"plan" | &"import")) {
            command.args(change);
        }
        let ended = end(command.args(["--report", "page.html"]));
        ended.code(0);
        assert!(dir.read("page.html").contains(&format!("<h1>{headline}</h1>")), "{args:?}: {}", dir.read("page.html"));
        assert!(figures(&dir.path("page.html")) > 5, "{args:?}");
        let mode = std::fs::metadata(dir.path("page.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_export_tells_who_the_members_are_and_how_the_group_grew() {
    let dir = Workdir::new();
    let import = |list: &str, flags: &[&str]| {
        dir.file("list.csv", format!("phone\n{list}"));
        let mut command = dir.command(["import", "list.csv", "--group", "News", "--sandbox"]);
        end(command.args(flags)).code(0);
    };
    import("+12125550100\n+447400123456\n", &["--create"]);
    import("+12125550101\n", &[]);
    let export = |report: &str| {
        let mut command = dir.command(["export", "News", "--sandbox", "-o", "news.csv", "--json", "--report", report]);
        end(&mut command).code(0).stdout.clone()
    };
    let told: Value = serde_json::from_str(&export("report.html")).unwrap();
    let page = dir.read("report.html");
    assert!(page.contains("<h1>3 members written</h1>") && page.contains("Growth and leavers"), "{page}");
    assert!(!page.contains("555"), "{page}");
    assert_eq!(told["members_by_region"], serde_json::json!({ "GB": 1, "US": 2 }));
    for figure in page.split("data-place=\"").skip(1) {
        let place = figure.split('"').next().unwrap();
        assert!(told.pointer(place).is_some_and(Value::is_u64), "{place}: {told:#}");
    }
    assert_eq!(export("report.json"), dir.read("report.json"));
}

#[test]
fn a_brake_that_trips_heads_the_page_and_no_number_is_on_it() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101 and more\n(212) 555-0102\n");
    let flags = ["--group", "News", "--create", "--sandbox", "--report", "page.html"];
    end(dir.command(["import", "list.csv"]).args(flags)).code(4);
    let page = dir.read("page.html");
    assert!(page.contains("Stopped by a brake") && page.contains("<h1>Nothing was sent</h1>"), "{page}");
    assert!(page.contains("--max-rejects"), "the flag that moves it is named");
    assert!(!page.contains("555"), "{page}");
}
