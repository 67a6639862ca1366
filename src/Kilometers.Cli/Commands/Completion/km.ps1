# Completion of km for PowerShell 7.3 or later. Load it with: km completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName km -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1)
    & $program '__complete' '--' @before "$wordToComplete" 2>$null | ForEach-Object {
        if ($_.StartsWith(':')) { return }
        $value, $description = $_ -split "`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
