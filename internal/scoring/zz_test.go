package scoring
import ("testing";"os";"bytes";"fmt";"sort";"cargogate/internal/cargo")
func TestZZ(t *testing.T){
 fn:=os.Getenv("ZZ"); if fn=="" {return}
 b,_:=os.ReadFile(fn)
 e:=plainEngine(t); s:=e.NewScorer()
 cnt:=map[string]int{}; ex:=map[string][]string{}; hist:=map[int]int{}; n:=0; sz:=0; na:=0
 for l:=range bytes.Lines(b){
  r,err:=cargo.DecodeRecord(bytes.TrimSpace(l)); if err!=nil {t.Log(err);continue}
  c,ok:=r.(*cargo.Consignment); if !ok {continue}
  n++
  sc:=s.Score(&Input{Consignment:c})
  sz+=len(sc.Vector().AppendBinary(nil))
  if !sc.Assessable {na++}
  hist[sc.Points/10*10]++
  for i:=range sc.Reasons { r:=&sc.Reasons[i]; cnt[r.Rule.ID]++; if len(ex[r.Rule.ID])<3 {d:="";for k:=range c.Items{d+=fmt.Sprintf("[%q %s dg%v %v]",c.Items[k].Description,c.Items[k].HS,c.Items[k].DangerousGoods,func()(o []string){for _,e:=range c.Equipment{o=append(o,e.SizeType+"/"+string(e.Fullness))};return}())};ex[r.Rule.ID]=append(ex[r.Rule.ID],sc.Text(r)+d)}}
 }
 fmt.Println("n",n,"avg vector",sz/max(n,1),"na",na)
 var ks []string; for k:=range cnt{ks=append(ks,k)}; sort.Slice(ks,func(i,j int)bool{return cnt[ks[i]]>cnt[ks[j]]})
 for _,k:=range ks {fmt.Println(cnt[k],k,ex[k])}
 var hs []int; for k:=range hist{hs=append(hs,k)}; sort.Ints(hs); for _,h:=range hs{fmt.Println(h,hist[h])}
}
