# Completion of km for bash. Load it with: source <(km completion bash)
_km() {
    local program=${COMP_WORDS[0]/#\~/$HOME} mode=:none value description at
    COMPREPLY=()
    while IFS=$'\t' read -r value description; do
        case $value in
            :*) mode=$value ;;
            *) COMPREPLY+=("$value") ;;
        esac
    done < <("$program" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    case $mode in
        :files) compopt -o default 2>/dev/null ;;
        :directories) compopt -o dirnames 2>/dev/null ;;
        :command)
            for ((at = 1; at < COMP_CWORD; at++)); do
                [ "${COMP_WORDS[at]}" != -- ] || break
            done
            if declare -F _command_offset >/dev/null; then
                _command_offset $((at + 1))
            elif ((at + 1 == COMP_CWORD)); then
                while read -r value; do COMPREPLY+=("$value"); done < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
            else
                compopt -o default 2>/dev/null
            fi
            ;;
    esac
}
complete -F _km km
