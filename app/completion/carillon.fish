# Completion of carillon for fish: carillon completion fish > ~/.config/fish/completions/carillon.fish
function __carillon_candidates
    set -l words (commandline -opc) (commandline -ct)
    command $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c carillon -n 'test (count (__carillon_candidates)) -gt 0' -f -k -a '(__carillon_candidates)'
