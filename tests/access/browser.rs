//! The HTML page in a browser: it shows, sorts and searches with nothing from elsewhere, for hundreds of roles.

use std::path::PathBuf;
use std::process::Command;

use access::{Server, Snapshot, snapshot};
use provider::Population;
use provider::access::{Class, Given, Role, RowSecurity, Thing};

/// Names under which there may be a browser.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

const ROLES: usize = 500;
const SCHEMAS: usize = 40;

/// What is done on the page by hand, and what is seen then.
const TRIAL: &str = r##"<script>
(() => {
  const seen = {};
  const rows = () => Array.from(document.querySelectorAll("#rights tbody tr"));
  const matrix = document.getElementById("matrix");
  seen.roles = matrix.tBodies[0].rows.length;
  seen.columns = matrix.tHead.rows[0].cells.length;
  seen.first = matrix.tBodies[0].rows[0].cells[0].textContent;
  seen.lines = rows().length;
  const role = document.querySelectorAll("#rights th")[1];
  role.click();
  seen.ascending = rows()[0].cells[1].textContent.trim();
  role.click();
  seen.descending = rows()[0].cells[1].textContent.trim().slice(0, 8);
  const search = document.getElementById("search");
  search.value = "role_007 SELECT";
  search.dispatchEvent(new Event("input"));
  seen.found = rows().filter((row) => !row.hidden).length;
  seen.matrix = Array.from(matrix.tBodies[0].rows).filter((row) => !row.hidden).length;
  seen.images = document.images.length;
  seen.editable = document.querySelectorAll("#rights td[contenteditable]").length === seen.lines * 3;
  document.title = JSON.stringify(seen);
})();
</script>
</body>"##;

/// Returns a browser, where there is one.
pub(super) fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut places = places.filter(|place| place.is_file());
    places.next()
}

fn side(more: bool) -> Snapshot {
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let role = |number: usize| format!("role_{number:03}");
    let mut population = Population::default();
    let class = Class {
        privileges: words(&["delete", "insert", "select", "update"]),
        ..Class::default()
    };
    population.classes.insert("table".to_owned(), class);
    for number in 0..ROLES {
        population.roles.push(Role {
            name: role(number),
            login: true,
            attributes: match number {
                77 => words(&["createrole", "login"]),
                _ => words(&["login"]),
            },
            ..Role::default()
        });
    }
    population.roles.push(Role {
        name: "<img src=x onerror=\"document.title='broken'\">".to_owned(),
        ..Role::default()
    });
    for number in 0..SCHEMAS {
        let given = |to: String, privileges: &[&str]| Given {
            to: Some(to),
            by: role(0),
            option: false,
            privileges: words(privileges),
        };
        let mut grants = Vec::new();
        if more {
            let all = (0..ROLES).filter(|role| role % SCHEMAS == number || *role == 77);
            grants.extend(all.map(|one| given(role(one), &["select"])));
            grants.push(given(population.roles[ROLES].name.clone(), &["delete"]));
        }
        population.things.push(Thing {
            kind: "table".to_owned(),
            path: words(&["shop", &format!("s{number:02}"), "orders"]),
            owner: role(0),
            grants: Some(grants),
            columns: Vec::new(),
            row_security: RowSecurity::Off,
        });
    }
    let mut snapshot = Snapshot {
        kind: snapshot::KIND.to_owned(),
        format: snapshot::FORMAT,
        tool: "0.1.0".to_owned(),
        taken_at: "2027-01-01T00:00:00Z".to_owned(),
        project: None,
        environment: None,
        version: None,
        server: Server::default(),
        complete: true,
        population,
        digest: String::new(),
    };
    snapshot.seal();
    snapshot
}

/// Makes a page, opens it, and does what a person would.
pub(super) fn the_page_works(browser: &PathBuf) -> Result<(), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(wrong)?;
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.json"), side(false).text()).map_err(wrong)?;
    std::fs::write(at("b.json"), side(true).text()).map_err(wrong)?;
    let ran = Command::new(env!("CARGO_BIN_EXE_estate-under-test"))
        .args(["grants", "diff", "a.json", "b.json", "--format", "html"])
        .current_dir(folder.path())
        .output()
        .map_err(wrong)?;
    let page = String::from_utf8_lossy(&ran.stdout).into_owned();
    for outside in ["http://", "https://", "<link", " src=\"", "url(", "@import"] {
        if page.contains(outside) {
            return Err(format!(
                "the page needs something from elsewhere: {outside}"
            ));
        }
    }
    std::fs::write(at("page.html"), page.replace("</body>", TRIAL)).map_err(wrong)?;
    let shown = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", at("browser").display()))
        .arg(format!("file://{}", at("page.html").display()))
        .output()
        .map_err(wrong)?;
    let text = String::from_utf8_lossy(&shown.stdout);
    let title = text
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    let title = title.unwrap_or_default();
    let title = &title
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let seen: serde_json::Value = serde_json::from_str(title).map_err(|error| {
        format!(
            "{error}: {title}\n{}",
            String::from_utf8_lossy(&shown.stderr)
        )
    })?;
    let expected = serde_json::json!({
        // Everybody has something on one side only; the one who can make roles comes first.
        "roles": ROLES + 1,
        "columns": SCHEMAS + 1,
        "first": "role_077",
        "lines": seen["lines"],
        "ascending": "<img src=x onerror=\"document.title='broken'\">",
        "descending": "role_040",
        "found": 1,
        "matrix": 0,
        "images": 0,
        "editable": true,
    });
    match seen == expected && seen["lines"].as_u64() > Some(30) {
        true => Ok(()),
        false => Err(format!("seen: {seen}\nexpected: {expected}")),
    }
}
