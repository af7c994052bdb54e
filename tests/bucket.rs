//! Object storage for pages: a server that speaks like S3, with a bucket for each page that asks for one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::script::Page;
use crate::servers::installed;

/// The secret of whoever uses it; it must not be shown anywhere.
const SECRET: &str = "wJalrXUtnFEMI-K7MDENG-bPxRfiCY";

/// A running server; it ends when its standard input does.
struct Server {
    port: u16,
    _keeper: Child,
}

/// Reports whether a page asks for a bucket.
fn is_wanted(page: &Page) -> bool {
    page.files.iter().any(|(_, text)| text.contains("BUCKET"))
}

/// Returns why a page cannot have the bucket it asks for, if so.
pub(crate) fn lacks(page: &Page) -> Option<String> {
    let reason = "no server that speaks like S3 is installed; `tests/run` installs moto";
    (is_wanted(page) && !program().is_file()).then(|| reason.to_owned())
}

fn program() -> PathBuf {
    installed().join("moto/bin/moto_server")
}

/// Makes a bucket for a page that asks for one, and returns the variables that lead to it.
pub(crate) fn variables(page: &Page, database: &str) -> Vec<(String, String)> {
    if !is_wanted(page) {
        return Vec::new();
    }
    static SERVER: OnceLock<Server> = OnceLock::new();
    let port = SERVER.get_or_init(start).port;
    let bucket = database.replace('_', "-");
    let made = request(port, &format!("PUT /{bucket} HTTP/1.1"));
    assert!(made.contains(" 200 "), "a bucket cannot be made: {made}");
    [
        ("BUCKET", bucket.as_str()),
        ("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{port}")),
        ("AWS_ACCESS_KEY_ID", "page"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "us-east-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn start() -> Server {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let script = "\"$0\" -H 127.0.0.1 -p \"$1\" >/dev/null 2>&1 & cat >/dev/null; kill $!";
    let keeper = Command::new("sh")
        .args(["-c", script])
        .arg(program())
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh runs");
    let patience = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            patience.elapsed() < Duration::from_secs(60),
            "moto does not start"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Server {
        port,
        _keeper: keeper,
    }
}

/// Sends a request without a body, and returns what comes back.
fn request(port: u16, first: &str) -> String {
    let text = format!(
        "{first}\r\nhost: 127.0.0.1\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=page/20260101/us-east-1/s3/aws4_request, \
         SignedHeaders=host, Signature=none\r\ncontent-length: 0\r\n\r\n"
    );
    let answered = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.write_all(text.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    answered.unwrap_or_else(|error| error.to_string())
}
