# Completion of km for fish. Load it with: km completion fish | source
function __km_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete -- $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current"
            case :command
                set -l at (contains -i -- -- $words)
                __fish_complete_subcommand --fcs-skip=(math $at + 1)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c km -f -a '(__km_complete)'
