# An apt of our own, for scripts that fetch Debian packages without installing them: sourced, not run.
#
# The caller sets `arch` and `tree` (a folder under build/, where an ordinary user may write); FAULTLINE_APT_SOURCES may
# name other package sources than this system's. use_apt_tree makes apt work there and reads the lists of packages.

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$2" >&2
    exit "$1"
}

# apt's own settings: the architecture, and a tree where an ordinary user may write.
write_settings() {
    mkdir -p "$tree"/{lists/partial,cache/archives/partial,log,empty}
    : >>"$tree/status"
    local sources=${FAULTLINE_APT_SOURCES:-} list= parts=
    if [[ -d $sources ]]; then
        parts=$sources
    elif [[ -n $sources ]]; then
        list=$sources
    fi
    cat >"$tree/apt.conf" <<TEXT
#clear APT::Architectures;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
APT::Get::List-Cleanup "false";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Dir::State "$tree";
Dir::State::lists "$tree/lists";
Dir::State::status "$tree/status";
Dir::Cache "$tree/cache";
Dir::Log "$tree/log";
TEXT
    if [[ -n $sources ]]; then
        cat >>"$tree/apt.conf" <<TEXT
Dir::Etc::sourcelist "${list:-/dev/null}";
Dir::Etc::sourceparts "${parts:-$tree/empty}";
TEXT
    fi
}

# The lists are a day old at most, or new when $1 says so.
update_lists() {
    if [[ ${1:-} != now && -n $(find "$tree/updated" -mmin -1440 2>/dev/null) ]]; then
        return 0
    fi
    echo "$(basename "$0"): reading the lists of packages ($arch)" >&2
    apt-get -qq update >"$tree/log/update" 2>&1 || true  # one source of many may fail: see what we got
    if [[ -z $(find "$tree/lists" -maxdepth 1 -name '*_Packages*' -print -quit) ]]; then
        tail -n 3 "$tree/log/update" >&2
        fail 75 "no lists of packages: is there a network?"
    fi
    touch "$tree/updated"
}

# Settings and lists; then apt's tools work on the tree. The caller holds the lock.
use_apt_tree() {
    write_settings
    export APT_CONFIG=$tree/apt.conf
    update_lists
}

check_package_names() {
    local package
    for package in "$@"; do
        [[ $package =~ ^[a-z0-9][a-z0-9+.-]*$ ]] || fail 2 "no name of a package: $package"
    done
}
