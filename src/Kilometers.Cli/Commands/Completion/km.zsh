#compdef km
# Completion of km for zsh. Load it with: source <(km completion zsh), or as the file _km in a folder of $fpath.
_km() {
    local program=${~words[1]} mode=:none line at
    local -a values
    for line in "${(@f)$("$program" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            :*) mode=$line ;;
            ?*) values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    (($#values)) && _describe km values
    case $mode in
        :files) _files ;;
        :directories) _files -/ ;;
        :command)
            at=${words[(i)--]}
            words=("${(@)words[at + 1,-1]}")
            ((CURRENT -= at))
            _normal
            ;;
    esac
}
if [[ $funcstack[1] == _km ]]; then
    _km "$@"
else
    compdef _km km
fi
