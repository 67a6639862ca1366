# Completion of km for bash. Load it with: source <(km completion bash)
_km() {
    local program=${COMP_WORDS[0]/#\~/$HOME} mode=:none value description at words=() count=0 last= prefix=
    COMPREPLY=()
    # Bash hands "status:error" over as three words, and replaces only the last of them.
    for ((at = 1; at <= COMP_CWORD; at++)); do
        value=${COMP_WORDS[at]}
        if ((count > 0)) && { [ "$value" = : ] || [[ $last == *: ]]; }; then
            words[count - 1]=$last$value
        else
            words[count++]=$value
        fi
        last=${words[count - 1]}
    done
    [[ $COMP_WORDBREAKS != *:* ]] || prefix=${last%"${last##*:}"}
    while IFS=$'\t' read -r value description; do
        case $value in
            :*) mode=$value ;;
            *) COMPREPLY+=("${value#"$prefix"}") ;;
        esac
    done < <("$program" __complete -- "${words[@]}" 2>/dev/null)
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
